namespace Snakepit.Processes;

/// <summary>What the launcher says about one child, on the watcher's thread: Started or Failed, and after Started exactly one Exited.</summary>
internal interface IChildEvents
{
    void OnStarted(ChildProcess child);

    void OnFailed(string message);

    void OnExited(ChildExit exit);
}
