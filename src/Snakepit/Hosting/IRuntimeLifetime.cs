namespace Snakepit.Hosting;

/// <summary>What a host does with a runtime.</summary>
internal interface IRuntimeLifetime
{
    /// <summary>Starts the pools and waits as <see cref="SnakepitOptions.StartPolicy"/> says.</summary>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Stops the pools. Cancelling stops waiting, not the stop: that goes on within <see cref="StopOptions.Timeout"/>.</summary>
    Task StopAsync(CancellationToken cancellationToken);

    /// <summary>Hurries a stop under way: calls that still run have no more time, and their workers are told to end at once.</summary>
    void HurryStop();
}
