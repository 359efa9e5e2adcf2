using Snakepit.Doctor;
using Snakepit.Processes;
using Snakepit.Python;
using Snakepit.Tests.Python;

namespace Snakepit.Tests.Doctor;

public sealed class PoolChecksTests
{
    [Theory]
    [InlineData(true, WorkerProfile.Thread, "has no global lock: threads run Python code in parallel; 6 threads in each worker.")]
    [InlineData(true, WorkerProfile.Process, "has no global lock: threads run Python code in parallel; one call at a time in each worker.")]
    [InlineData(false, WorkerProfile.Thread, "has a global lock; 6 threads in each worker.")]
    public async Task Parallelism_tells_whether_threads_run_Python_at_once(bool isFreeThreaded, WorkerProfile profile, string found)
    {
        using TemporaryFolder cache = new();
        using PythonTools tools = new(new Machine(cache.Path, isFreeThreaded));
        PoolOptions pool = new() { Adapter = "acme", Profile = profile, ThreadsPerWorker = 6 };
        pool.Python.Executable = Environment.ProcessPath;

        PoolExamination examined =
            await new PoolChecks("text", pool, new DoctorOptions(), null).RunAsync(tools, TestContext.Current.CancellationToken);

        DoctorCheck check = Assert.Single(examined.Checks, static check => check.Name == "parallelism");
        Assert.Equal((DoctorStatus.Ok, $"The interpreter {found}"), (check.Status, check.Found));
        Assert.Equal(isFreeThreaded, examined.Python!.IsFreeThreaded);
        Assert.Equal(isFreeThreaded, examined.Python.ToString().Contains(" (free-threaded)", StringComparison.Ordinal));
    }

    /// <summary>A machine where every program is an interpreter.</summary>
    private sealed class Machine(string cache, bool isFreeThreaded) : IHostSystem
    {
        private readonly HostSystem _real = new(TimeProvider.System);

        public HostPlatform Platform => _real.Platform;

        public uint? UserId => _real.UserId;

        public IReadOnlyDictionary<string, string> Variables { get; } = new Dictionary<string, string> { ["SNAKEPIT_CACHE"] = cache };

        public FileFacts Inspect(string path) => _real.Inspect(path);

        public Task<CommandOutput> RunAsync(
            string executable, IReadOnlyList<string> arguments, TimeSpan timeout, CancellationToken cancellationToken)
        {
            string report = $$"""{"version": [3, 13, 1], "executable": "{{executable}}", "free_threaded": {{Json(isFreeThreaded)}}}""";
            return Task.FromResult(new CommandOutput(CommandEnd.Exited, 0, report, ""));
        }

        public Task<CommandOutput> RunAsync(CommandRequest request, CancellationToken cancellationToken)
        {
            request.OnOutput!($$"""{"kind": "python", "gil": {{Json(!isFreeThreaded)}}, "search_path": []}""");
            return Task.FromResult(new CommandOutput(CommandEnd.Exited, 0, "", ""));
        }

        public MemoryFile? TryCreateMemoryFile(string name, ReadOnlySpan<byte> content) => null;

        private static string Json(bool value) => value ? "true" : "false";
    }
}
