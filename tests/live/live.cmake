# Capturing for real needs root and network namespaces; where they are missing the test says so and is skipped.
add_test(NAME live.loopback COMMAND ${CMAKE_CURRENT_LIST_DIR}/live_test.sh $<TARGET_FILE:handlens>)
set_tests_properties(live.loopback PROPERTIES LABELS live TIMEOUT 60 SKIP_RETURN_CODE 77 RUN_SERIAL ON)
