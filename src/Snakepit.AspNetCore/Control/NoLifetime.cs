using Microsoft.Extensions.Hosting;

namespace Snakepit.AspNetCore.Control;

/// <summary>The control server lives as long as its owner, which handles the signals of the process.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
