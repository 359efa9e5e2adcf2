using Snakepit.Frames;
using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;
using Snakepit.Workers;

namespace Snakepit.Tests.Workers;

/// <summary>What is kept for a worker that does not read its control channel has a limit, and ends with the worker.</summary>
[Trait("Rule", "P3")]
public sealed class ControlSenderTests : IDisposable
{
    private readonly Watcher _watcher = new(static error => TestContext.Current.SendDiagnosticMessage(error.ToString()));
    private readonly (Descriptor Ours, Descriptor Theirs) _socket = Descriptor.CreateSocketPair();
    private readonly TaskCompletionSource _stuck = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ControlSender _sender;
    private readonly byte[] _frame = FrameWriter.Frame(FrameType.Ping);

    public ControlSenderTests() => _sender = new ControlSender(_watcher, _socket.Ours, _stuck.SetResult);

    public void Dispose()
    {
        _sender.Dispose();
        _socket.Theirs.Dispose();
        _watcher.Dispose();
    }

    [Fact]
    public async Task A_worker_that_reads_nothing_is_told_once_and_gets_nothing_more()
    {
        for (int i = 0; i <= 2 * ControlSender.MostKept / _frame.Length; i++)
        {
            _sender.Send(_frame);
        }

        await _stuck.Task.WaitAsync(TestContext.Current.CancellationToken); // to tell it twice would throw
        byte[] rest = new byte[1 << 20];
        while (_socket.Theirs.Receive(rest) > 0)
        {
        }
        _sender.Send(_frame);
        Assert.Equal(-Libc.EAgain, _socket.Theirs.Receive(rest));
    }

    [Fact]
    public void Nothing_is_kept_for_a_worker_that_is_dead()
    {
        while (_socket.Ours.Send(_frame) == _frame.Length)
        {
        }
        _sender.Send(_frame);
        _socket.Theirs.Dispose();

        for (int i = 0; i <= 2 * ControlSender.MostKept / _frame.Length; i++)
        {
            _sender.Send(_frame);
        }

        Assert.False(_stuck.Task.IsCompleted);
    }
}
