namespace Snakepit.Processes;

/// <summary>Gets called on the watcher's thread when its descriptor is ready. Must not block.</summary>
internal interface IWatched
{
    void OnReady(bool readable, bool writable);
}
