namespace Snakepit.Processes;

/// <summary>What the launcher says about a zygote, on the watcher's thread: what it says of any child, and either refused or
/// ready and after that outdated.</summary>
internal interface IZygoteEvents : IChildEvents
{
    /// <summary>It forks workers from now on.</summary>
    /// <param name="modules">What it has imported.</param>
    void OnReady(string modules);

    /// <summary>It can't fork workers, and ends.</summary>
    /// <param name="reason">Why, and what to change.</param>
    void OnRefused(string reason);

    /// <summary>It has not forked a worker, which fails next, because what it has imported is not what there is now.</summary>
    /// <param name="file">Which file has changed.</param>
    void OnOutdated(string file);
}
