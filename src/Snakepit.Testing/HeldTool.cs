using System.Threading.Channels;

namespace Snakepit.Testing;

/// <summary>Represents a tool whose calls run until the test answers them.</summary>
public sealed class HeldTool
{
    private readonly Channel<HeldCall> _calls = Channel.CreateUnbounded<HeldCall>();

    internal HeldTool()
    {
    }

    /// <summary>Waits for the next call that reaches a worker.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="TimeoutException">No call came within five minutes.</exception>
    public ValueTask<HeldCall> NextAsync(CancellationToken cancellationToken = default)
    {
        ValueTask<HeldCall> next = _calls.Reader.ReadAsync(cancellationToken);
        return next.IsCompleted ? next : new ValueTask<HeldCall>(next.AsTask().WaitAsync(PoolProbe.Bound, CancellationToken.None));
    }

    internal void Begin(ToolRequest request) => _calls.Writer.TryWrite(new HeldCall(request));
}

/// <summary>Represents a running call that waits for the test to answer it. Answers have no effect once the worker is dead or the call is
/// answered.</summary>
public sealed class HeldCall
{
    internal HeldCall(ToolRequest request) => Request = request;

    /// <summary>Gets the call.</summary>
    public ToolRequest Request { get; }

    /// <summary>Answers the call with a result.</summary>
    public void Return(object? result = null) => Request.Return(result);

    /// <summary>Answers the call with an exception; see <see cref="FakeToolException"/>.</summary>
    public void Throw(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        Request.Throw(error);
    }
}
