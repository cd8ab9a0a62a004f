# Tests over the captures of pcaps/, label golden: one for each line of TESTLIST (exact text), the table of what is known of
# each capture (EXPECTED.tsv) and of who ended its connections (VERDICTS.tsv), the schema of the records, and that the synthetic
# captures are what the builder makes.
set(golden_dir ${CMAKE_CURRENT_LIST_DIR})
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${golden_dir}/TESTLIST)

file(STRINGS ${golden_dir}/TESTLIST golden_lines REGEX "^[^# ]")
foreach(line IN LISTS golden_lines)
  string(REGEX MATCH "^[^ ]+" golden_name "${line}")
  add_test(NAME golden.${golden_name}
           COMMAND ${golden_dir}/run_golden.sh check $<TARGET_FILE:handlens> ${golden_name})
  set_tests_properties(golden.${golden_name} PROPERTIES LABELS golden TIMEOUT 300)
endforeach()

# Debian's python3-jsonschema belongs to Debian's interpreter.
find_program(HANDLENS_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(HANDLENS_PYTHON NAMES python3)
if(HANDLENS_PYTHON)
  add_test(NAME golden.expectations
           COMMAND ${HANDLENS_PYTHON} ${golden_dir}/check_expected.py $<TARGET_FILE:handlens> ${PROJECT_SOURCE_DIR})
  set_tests_properties(golden.expectations PROPERTIES LABELS golden TIMEOUT 900)
  add_test(NAME golden.verdicts COMMAND ${HANDLENS_PYTHON} -B ${PROJECT_SOURCE_DIR}/tests/verdicts/check_verdicts.py
                                        $<TARGET_FILE:handlens> ${PROJECT_SOURCE_DIR})
  set_tests_properties(golden.verdicts PROPERTIES LABELS golden TIMEOUT 900)
  if(EXISTS ${golden_dir}/check_schema.py)
    add_test(NAME golden.schema
             COMMAND ${HANDLENS_PYTHON} ${golden_dir}/check_schema.py $<TARGET_FILE:handlens> ${PROJECT_SOURCE_DIR}/pcaps)
    set_tests_properties(golden.schema PROPERTIES LABELS golden TIMEOUT 900 SKIP_RETURN_CODE 77)
  endif()
endif()

if(TARGET make_synthetic)
  add_test(NAME golden.synthetic_captures COMMAND make_synthetic --check ${PROJECT_SOURCE_DIR}/pcaps)
  set_tests_properties(golden.synthetic_captures PROPERTIES LABELS golden)
endif()
if(TARGET handlens_builder)
  handlens_test_folder(builder LABEL unit LINK handlens_builder)
endif()
