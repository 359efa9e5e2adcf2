using Microsoft.Extensions.Hosting;
using Snakepit.Runtime;

namespace Snakepit.Hosting;

/// <summary>
/// Starts the pools before the application's own services, and stops them after the last of those. So a web server that finishes its
/// requests, or a background service that finishes its item, still has its pools. An <see cref="ISnakepit"/> that a test has substituted
/// for the runtime is left alone.
/// </summary>
internal sealed class SnakepitHostedService(ISnakepit snakepit) : IHostedLifecycleService
{
    private readonly IRuntimeLifetime? _runtime = snakepit as IRuntimeLifetime;

    public Task StartingAsync(CancellationToken cancellationToken) => _runtime?.StartAsync(cancellationToken) ?? Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await (_runtime?.StopAsync(cancellationToken) ?? Task.CompletedTask).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host's shutdown timeout has passed. The container still waits for the stop when it disposes of the runtime, which must
            // not take long now.
            _runtime?.HurryStop();
        }
    }
}
