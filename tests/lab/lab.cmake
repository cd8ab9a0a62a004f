# A handful of lab scenarios, played and compared (label lab). Needs root and namespaces; skipped with a reason without them.
add_test(NAME lab.handful COMMAND ${CMAKE_CURRENT_LIST_DIR}/lab_test.sh $<TARGET_FILE:handlens> $<TARGET_FILE:middlebox>)
set_tests_properties(lab.handful PROPERTIES LABELS lab TIMEOUT 900 SKIP_RETURN_CODE 77 RUN_SERIAL ON)
find_package(Python3 COMPONENTS Interpreter)
if(Python3_Interpreter_FOUND)
  # The table of scenarios holds together, and the comparison notices what it should: no root needed.
  add_test(NAME lab.table COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_LIST_DIR}/lab_table_test.py
           WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(lab.table PROPERTIES LABELS lab TIMEOUT 60)
  # The lab's captures cut short: nobody is named who did not do it.
  add_test(NAME lab.cut_captures COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_LIST_DIR}/cut_captures.py
           $<TARGET_FILE:handlens> ${PROJECT_SOURCE_DIR})
  set_tests_properties(lab.cut_captures PROPERTIES LABELS lab TIMEOUT 1200)
endif()
