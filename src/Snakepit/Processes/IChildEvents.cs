namespace Snakepit.Processes;

/// <summary>
/// Gets the launcher's events of one child, on the watcher's thread: Started or Failed, and exactly one Exited after Started.
/// </summary>
internal interface IChildEvents
{
    void OnStarted(ChildProcess child);

    /// <summary>The start failed.</summary>
    /// <param name="message">The reason.</param>
    /// <param name="isLauncherLost">True when the launcher ended before it could start the child.</param>
    void OnFailed(string message, bool isLauncherLost = false);

    void OnExited(ChildExit exit);
}
