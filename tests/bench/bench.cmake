# The programs to measure with are built with the tests, so that they do not rot; tests/bench/measure.sh measures.
add_executable(noop_libpcap ${CMAKE_CURRENT_LIST_DIR}/noop_libpcap.cc)
target_link_libraries(noop_libpcap PRIVATE handlens_options PkgConfig::PCAP)
add_executable(repeat_capture ${CMAKE_CURRENT_LIST_DIR}/repeat_capture.cc)
target_link_libraries(repeat_capture PRIVATE handlens_options)

find_package(Python3 COMPONENTS Interpreter)
if(Python3_Interpreter_FOUND)
  add_test(NAME bench.repeat_capture
           COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_LIST_DIR}/repeat_capture_test.py
                   --repeat $<TARGET_FILE:repeat_capture> --noop $<TARGET_FILE:noop_libpcap>
                   --handlens $<TARGET_FILE:handlens>)
  set_tests_properties(bench.repeat_capture PROPERTIES LABELS bench TIMEOUT 300)
endif()
