# The steps of a test run. Sourced by ./test, which sets the folder $results.

# run <name> <command...>: a step. Its output is kept and printed only if it fails; its exit code and times are kept for the summary.
run() {
    local name=$1 status=0 TIMEFORMAT='%R %U %S'
    shift
    { time "$@" &> "$results/$name.log"; } 2> "$results/$name.time" || status=$?
    echo "$status" > "$results/$name.exit"
    report "$name" "$status" 9> "$results/report.lock"
}

report() {
    local real user system
    read -r real user system < "$results/$1.time"
    flock 9 || true # steps end side by side
    printf '   %-38s%4d s, %d s of processor time\n' "$1" "${real%[.,]*}" $((${user%[.,]*} + ${system%[.,]*}))
    if [ "$2" -ne 0 ]; then
        printf -- '-- %s failed with exit code %s:\n' "$1" "$2"
        cat "$results/$1.log"
        printf -- '-- end of %s\n' "$1"
    fi
}

header() { printf '\n== %s\n' "$1"; }

passed() { [ "$(cat "$results/$1.exit")" -eq 0 ]; }
