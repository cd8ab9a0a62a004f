# The laws of the tree, as tests (label lint). tests/lint/lint_tools_test.py tests the tools themselves.
find_package(Python3 COMPONENTS Interpreter)
if(NOT Python3_Interpreter_FOUND)
  message(STATUS "No python3: the lint tests are left out")
  return()
endif()

function(handlens_lint_test name)
  add_test(NAME lint.${name} COMMAND ${Python3_EXECUTABLE} -B ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(lint.${name} PROPERTIES LABELS lint TIMEOUT 900)
endfunction()

handlens_lint_test(includes tools/check_includes.py)
handlens_lint_test(field_guide tools/check_field_guide.py)
handlens_lint_test(words tools/check_words.py)
handlens_lint_test(readme_sample tools/check_readme_sample.py --program $<TARGET_FILE:handlens>)
handlens_lint_test(tools tests/lint/lint_tools_test.py)
# Another version of clang-format lays out code differently, so the test is there only where version 14 is.
find_program(HANDLENS_CLANG_FORMAT clang-format-14)
if(HANDLENS_CLANG_FORMAT)
  handlens_lint_test(format tools/check_format.py)
endif()
