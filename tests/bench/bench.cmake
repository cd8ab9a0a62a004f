# The programs to measure with are built with the tests, so that they do not rot; tests/bench/measure.py measures.
add_executable(noop_libpcap ${CMAKE_CURRENT_LIST_DIR}/noop_libpcap.cc)
target_link_libraries(noop_libpcap PRIVATE handlens_options PkgConfig::PCAP)
add_executable(measured ${CMAKE_CURRENT_LIST_DIR}/measured.cc)
target_link_libraries(measured PRIVATE handlens_options)

find_package(Python3 COMPONENTS Interpreter)
if(Python3_Interpreter_FOUND)
  add_test(NAME bench.bench_gen
           COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_LIST_DIR}/bench_gen_test.py
                   --bench-gen $<TARGET_FILE:bench_gen> --noop $<TARGET_FILE:noop_libpcap>
                   --handlens $<TARGET_FILE:handlens> --pcaps ${PROJECT_SOURCE_DIR}/pcaps)
  add_test(NAME bench.measure
           COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_LIST_DIR}/measure_test.py
                   --bench-gen $<TARGET_FILE:bench_gen> --noop $<TARGET_FILE:noop_libpcap>
                   --measured $<TARGET_FILE:measured> --handlens $<TARGET_FILE:handlens>)
  set_tests_properties(bench.bench_gen bench.measure PROPERTIES LABELS bench TIMEOUT 900)
endif()

# Micro-benchmarks of single functions, with Google Benchmark. Run by hand.
if(HANDLENS_BENCH)
  find_package(benchmark REQUIRED)
  file(GLOB benchmarks CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/bench_*.cc)
  add_executable(handlens_bench ${benchmarks})
  target_link_libraries(handlens_bench PRIVATE handlens_app handlens_builder benchmark::benchmark_main)
  target_compile_definitions(handlens_bench PRIVATE HANDLENS_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
endif()
