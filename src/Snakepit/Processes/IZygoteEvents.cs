namespace Snakepit.Processes;

/// <summary>
/// Gets the launcher's events of a zygote, on the watcher's thread: those of any child, and either Refused, or Ready and later Outdated.
/// </summary>
internal interface IZygoteEvents : IChildEvents
{
    /// <summary>The zygote can fork workers from now on.</summary>
    /// <param name="modules">The modules that it has imported.</param>
    void OnReady(string modules);

    /// <summary>The zygote cannot fork workers, and ends.</summary>
    /// <param name="reason">The reason and what to change.</param>
    void OnRefused(string reason);

    /// <summary>
    /// The zygote did not fork a worker, because a file that it has imported has changed. The failure of the start follows.
    /// </summary>
    /// <param name="file">The file that has changed.</param>
    void OnOutdated(string file);
}
