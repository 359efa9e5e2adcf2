namespace Snakepit;

/// <summary>Represents a session with an id of its own, which ends when this object is disposed. From
/// <see cref="IWorkerPool.CreateSession"/>. After disposal, calls throw <see cref="ObjectDisposedException"/>.</summary>
public interface IOwnedWorkerSession : IWorkerSession, IAsyncDisposable;
