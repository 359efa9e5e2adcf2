using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Makes the same calls on every version of Python that workers run on, in turn.</summary>
internal sealed class PythonsScenario : IScenario
{
    private const int Callers = 64;
    private const int OneByOne = 1_000;
    private static readonly string[] s_versions = ["3.9", "3.10", "3.11", "3.12", "3.13"];
    private static readonly TimeSpan s_block = TimeSpan.FromMilliseconds(500);

    public string Name => "pythons";

    public string Description => "add(a, b) on each version of Python: one caller, and 64 callers, of one worker.";

    public int DefaultSeconds => 30;

    public int QuickSeconds => 4;

    public IReadOnlyList<Metric> Metrics { get; } =
        [
            .. s_versions.SelectMany(static version => (Metric[])
            [
                new(LatencyOf(version), $"{version}: 1 caller, median, µs"),
                new(RateOf(version), $"{version}: 64 callers, calls per second"),
            ]),
        ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        var results = new Dictionary<string, double>();
        foreach ((string version, string python) in s_versions.Select(static version => (version, Find(version))).ToArray())
        {
            await using BenchPool pool = await BenchPool.StartAsync(python, 1, cancellation);
            var latency = new BlockSeries();
            var rates = new List<double>();
            await ClosedLoop.MeasureAsync(end => Addition.CallUntilAsync(pool.Workers, end), Callers, s_block);
            foreach (int _ in Deadline.Until(run.Duration / s_versions.Length, cancellation))
            {
                long[] samples = new long[OneByOne];
                await Addition.MeasureAsync(pool.Workers, samples);
                latency.Add(samples);
                rates.Add(await ClosedLoop.MeasureAsync(end => Addition.CallUntilAsync(pool.Workers, end), Callers, s_block));
            }
            results[LatencyOf(version)] = latency.P50;
            results[RateOf(version)] = Samples.Median(rates);
            run.Progress.Say($"Python {version} measured");
        }
        return results;
    }

    private static string LatencyOf(string version) => $"p50_us_{version.Replace('.', '_')}";

    private static string RateOf(string version) => $"calls_per_s_64_{version.Replace('.', '_')}";

    /// <summary>Finds an interpreter on PATH or among the versions that pyenv has installed.</summary>
    private static string Find(string version)
    {
        IEnumerable<string> onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Where(static folder => !folder.EndsWith("/shims", StringComparison.Ordinal));
        string pyenv = Environment.GetEnvironmentVariable("PYENV_ROOT")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pyenv");
        string versions = Path.Combine(pyenv, "versions");
        IEnumerable<string> installed = Directory.Exists(versions)
            ? Directory.GetDirectories(versions, $"{version}.*").Select(static folder => Path.Combine(folder, "bin"))
            : [];
        return onPath.Concat(installed).Select(folder => Path.Combine(folder, $"python{version}")).FirstOrDefault(File.Exists)
            ?? throw new UnavailableException(
                $"There is no python{version} on PATH or under {versions}; this scenario compares {string.Join(", ", s_versions)}.");
    }
}
