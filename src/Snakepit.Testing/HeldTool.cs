using System.Threading.Channels;

namespace Snakepit.Testing;

/// <summary>A tool whose calls run until the test answers them.</summary>
public sealed class HeldTool
{
    private readonly Channel<HeldCall> _calls = Channel.CreateUnbounded<HeldCall>();

    internal HeldTool()
    {
    }

    /// <summary>The next call that has reached a worker; waits for it.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="TimeoutException">No call has come for five minutes.</exception>
    public ValueTask<HeldCall> NextAsync(CancellationToken cancellationToken = default)
    {
        ValueTask<HeldCall> next = _calls.Reader.ReadAsync(cancellationToken);
        return next.IsCompleted ? next : new ValueTask<HeldCall>(next.AsTask().WaitAsync(PoolProbe.Bound, CancellationToken.None));
    }

    internal void Begin(ToolRequest request) => _calls.Writer.TryWrite(new HeldCall(request));
}

/// <summary>A running call that waits for its answer from the test. Once its worker is dead or the call answered, answers go nowhere.</summary>
public sealed class HeldCall
{
    internal HeldCall(ToolRequest request) => Request = request;

    /// <summary>The call.</summary>
    public ToolRequest Request { get; }

    /// <summary>Answers with a result.</summary>
    public void Return(object? result = null) => Request.Return(result);

    /// <summary>Answers with an exception; see <see cref="FakeToolException"/>.</summary>
    public void Throw(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        Request.Throw(error);
    }
}
