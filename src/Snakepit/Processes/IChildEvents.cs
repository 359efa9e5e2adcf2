namespace Snakepit.Processes;

/// <summary>What the launcher says about one child, on the watcher's thread: Started or Failed, and after Started exactly one Exited.</summary>
internal interface IChildEvents
{
    void OnStarted(ChildProcess child);

    /// <summary>It did not come to be.</summary>
    /// <param name="message">Why.</param>
    /// <param name="isLauncherLost">The launcher has ended before it could start it.</param>
    void OnFailed(string message, bool isLauncherLost = false);

    void OnExited(ChildExit exit);
}
