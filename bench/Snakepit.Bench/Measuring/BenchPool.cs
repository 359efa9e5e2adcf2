using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Snakepit.Bench.Measuring;

/// <summary>A runtime with one pool of the bench's tools and default settings where none are given.</summary>
internal sealed class BenchPool : IAsyncDisposable
{
    private readonly SnakepitRuntime _runtime;

    private BenchPool(SnakepitRuntime runtime) => _runtime = runtime;

    public IWorkerPool Workers => _runtime.GetPool("bench");

    /// <summary>Starts a pool and waits until all of its workers are ready.</summary>
    public static async Task<BenchPool> StartAsync(
        string python, int size, CancellationToken cancellation, Action<PoolOptions>? configure = null, ILoggerFactory? loggers = null)
    {
        SnakepitRuntime runtime = await SnakepitRuntime.StartAsync(
            snakepit =>
            {
                snakepit.LoggerFactory = loggers ?? NullLoggerFactory.Instance;
                snakepit.AddPool("bench", pool =>
                {
                    pool.Adapter = BenchFiles.Tools;
                    pool.Size = size;
                    pool.Python.Executable = python;
                    configure?.Invoke(pool);
                });
            },
            cancellation);
        var pool = new BenchPool(runtime);
        await pool.Workers.WaitUntilReadyAsync(size, cancellation);
        return pool;
    }

    /// <summary>Puts the options in force that <c>configure</c> sets now.</summary>
    public Task<ReloadReport> ReloadAsync(CancellationToken cancellation) => _runtime.ReloadAsync(cancellation);

    public ValueTask DisposeAsync() => _runtime.DisposeAsync();
}
