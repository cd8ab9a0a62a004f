# Every fuzz_<name>.cc of this folder is a program; its inputs are corpus/fuzz_<name>/, its words dict/fuzz_<name>.dict if it
# has any.
#
#   HANDLENS_FUZZ=ON   a libFuzzer program (clang) that searches for HANDLENS_FUZZ_SECONDS; label fuzz. What it finds goes
#                      into the build directory, never into the committed corpus.
#   otherwise          the same function behind smoke_main.cc, which only runs the committed inputs; label fuzz-smoke.
set(HANDLENS_FUZZ_SECONDS 10 CACHE STRING "How long each fuzz target runs under ctest")

file(GLOB fuzz_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/fuzz_*.cc)
foreach(source IN LISTS fuzz_sources)
  get_filename_component(target ${source} NAME_WE)
  set(corpus ${CMAKE_CURRENT_LIST_DIR}/corpus/${target})
  add_executable(${target} ${source})
  target_link_libraries(${target} PRIVATE handlens_app)

  if(HANDLENS_FUZZ)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    set(found ${CMAKE_CURRENT_BINARY_DIR}/fuzz-found/${target})
    file(MAKE_DIRECTORY ${found} ${found}-crashes)
    set(options -max_total_time=${HANDLENS_FUZZ_SECONDS} -timeout=10 -rss_limit_mb=2048 -print_final_stats=1
                -artifact_prefix=${found}-crashes/)
    set(words ${CMAKE_CURRENT_LIST_DIR}/dict/${target}.dict)
    if(EXISTS ${words})
      list(APPEND options -dict=${words})
    endif()
    # libFuzzer writes into the first folder and only reads the others.
    add_test(NAME ${target} COMMAND ${target} ${options} ${found} ${corpus})
    math(EXPR patience "${HANDLENS_FUZZ_SECONDS} + 300")
    set_tests_properties(${target} PROPERTIES LABELS fuzz TIMEOUT ${patience})
  else()
    target_sources(${target} PRIVATE ${CMAKE_CURRENT_LIST_DIR}/smoke_main.cc)
    add_test(NAME ${target} COMMAND ${target} ${corpus})
    set_tests_properties(${target} PROPERTIES LABELS fuzz-smoke TIMEOUT 300)
  endif()
endforeach()
