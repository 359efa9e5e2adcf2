namespace Snakepit.Runtime;

/// <summary>The operations of a host on a runtime.</summary>
internal interface IRuntimeLifetime
{
    /// <summary>Starts the pools and waits as <see cref="SnakepitOptions.StartPolicy"/> says.</summary>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Stops the pools. Cancelling stops waiting, not the stop, which continues within <see cref="StopOptions.Timeout"/>.
    /// </summary>
    Task StopAsync(CancellationToken cancellationToken);

    /// <summary>Hurries a stop that is in progress: running calls get no more time, and their workers must end at once.</summary>
    void HurryStop();
}
