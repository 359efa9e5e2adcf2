using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Snakepit.AspNetCore.Admin;

namespace Snakepit.AspNetCore.Control;

/// <summary>Starts and ends the control endpoint with the host. The application is worth more than its control endpoint, so it starts
/// without one if it must.</summary>
internal sealed class ControlService(IServiceProvider provider, ILoggerFactory loggers) : IHostedService
{
    private SnakepitControl? _control;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        ILogger logger = loggers.CreateLogger(AdminService.LogCategory);
        try
        {
            _control = await SnakepitControl.StartAsync(
                provider.GetRequiredService<ISnakepit>(),
                provider.GetService<IHostEnvironment>()?.ApplicationName,
                loggers,
                provider.GetService<TimeProvider>() ?? TimeProvider.System,
                cancellationToken).ConfigureAwait(false);
            logger.ControlStarted(_control.Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException or PlatformNotSupportedException)
        {
            logger.ControlNotStarted(e.Message);
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_control is { } control)
        {
            await control.DisposeAsync().ConfigureAwait(false);
        }
    }
}
