namespace Snakepit.Processes;

/// <summary>What the launcher says about a zygote, on the watcher's thread: what it says of any child, and at most one of these.</summary>
internal interface IZygoteEvents : IChildEvents
{
    /// <summary>It forks workers from now on.</summary>
    /// <param name="modules">What it has imported.</param>
    void OnReady(string modules);

    /// <summary>It can't fork workers, and ends.</summary>
    /// <param name="reason">Why, and what to change.</param>
    void OnRefused(string reason);
}
