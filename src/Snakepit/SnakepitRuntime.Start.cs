using Snakepit.Hosting;
using Snakepit.Pools;

namespace Snakepit;

public sealed partial class SnakepitRuntime : IRuntimeLifetime
{
    /// <summary>Starts pools without a host application and waits for them as <see cref="SnakepitOptions.StartPolicy"/> says. Dispose the
    /// runtime to stop them. A start that fails or is cancelled leaves nothing behind.</summary>
    /// <param name="configure">Adds the pools: <c>s => s.AddPool("text", p => p.Adapter = "adapters/text.py")</c>.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="SnakepitConfigurationException">A setting is missing, unknown or out of range; the exception lists every
    /// problem.</exception>
    /// <exception cref="PythonNotFoundException">There is no usable Python interpreter.</exception>
    /// <exception cref="AdapterLoadException">Workers of a pool cannot start.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static async Task<SnakepitRuntime> StartAsync(Action<SnakepitRuntimeBuilder> configure, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var builder = new SnakepitRuntimeBuilder();
        configure(builder);
        SnakepitRuntime runtime = builder.CreateRuntime();
        try
        {
            await runtime.StartAsync(cancellationToken).ConfigureAwait(false);
            return runtime;
        }
        catch
        {
            await runtime.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    Task IRuntimeLifetime.StartAsync(CancellationToken cancellationToken) => StartAsync(cancellationToken);

    void IRuntimeLifetime.HurryStop()
    {
        foreach (WorkerPool pool in _pools.Values)
        {
            pool.HurryStop();
        }
    }

    Task IRuntimeLifetime.StopAsync(CancellationToken cancellationToken) => StopAsync(cancellationToken);
}
