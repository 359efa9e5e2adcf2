using System.Globalization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Measures the memory of 8 workers with numpy. A shared page counts once.</summary>
internal static class ProportionalMemory
{
    private const int Workers = 8;
    private const int CallsEach = 10;
    private const int Numbers = 10_000;

    /// <summary>Returns the memory of the workers, and that of the workers and all processes they need, in KiB.</summary>
    public static async Task<(double Workers, double All)> MeasureAsync(BenchRun run, StartMethod method, CancellationToken cancellation)
    {
        await using BenchPool bench = await BenchPool.StartAsync(run.Python.Executable, Workers, cancellation, pool =>
        {
            pool.Adapter = BenchFiles.NumpyTools;
            pool.Start.Method = method;
            if (method == StartMethod.Zygote)
            {
                pool.Start.Preload.Add("numpy");
            }
        });
        await Task.WhenAll(Enumerable.Range(0, Workers * CallsEach)
            .Select(_ => bench.Workers.ExecuteAsync<double>("total", ToolArguments.Positional(Numbers)).AsTask()));
        double workers = bench.Workers.GetSnapshot().Workers.Sum(static worker => ProcessFacts.ProportionalKib(worker.Pid));
        double all = ProcessFacts.Descendants().Sum(ProcessFacts.ProportionalKib);
        run.Progress.Say(string.Create(
            CultureInfo.InvariantCulture, $"{method}: {workers / 1024:0} MiB, {all / 1024:0} MiB with launcher and zygote"));
        return (workers, all);
    }
}
