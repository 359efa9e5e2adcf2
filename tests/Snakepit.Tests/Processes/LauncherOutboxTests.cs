using Microsoft.Extensions.Time.Testing;
using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Tests.Processes;

/// <summary>Messages to a launcher that does not read: no caller waits, no message is lost, and no descriptor stays open.</summary>
[Trait("Rule", "P1")]
public sealed class LauncherOutboxTests : IDisposable
{
    private const int Messages = 300;
    private const int Size = 8_000;
    private const int Patience = 10_000;

    private readonly Watcher _watcher = new(static error => TestContext.Current.SendDiagnosticMessage(error.ToString()));
    private readonly (Descriptor Ours, Descriptor Theirs) _socket = Descriptor.CreateSocketPair();
    private readonly LauncherOutbox _outbox;

    public LauncherOutboxTests() => _outbox = new LauncherOutbox(_socket.Ours, _watcher);

    public void Dispose()
    {
        _outbox.Dispose();
        _watcher.Dispose();
        _socket.Ours.Dispose();
        _socket.Theirs.Dispose();
    }

    [Fact]
    public void Send_to_one_who_does_not_read_keeps_messages_and_descriptors_in_order()
    {
        for (int i = 0; i < Messages; i++)
        {
            (Descriptor read, Descriptor write) = Descriptor.CreatePipe();
            using (read)
            using (write)
            {
                write.Write([(byte)i]);
                Assert.True(_outbox.Send(Message(i), i % 3 == 0 ? [read.Number] : []));
            }
        }

        var descriptors = new Queue<Descriptor>();
        byte[] data = Receive(Messages * Size, descriptors);

        Assert.Equal(Enumerable.Range(0, Messages).SelectMany(Message), data);
        byte[] marks = [.. descriptors.Select(ReadMark)];
        Assert.Equal([.. Enumerable.Range(0, Messages).Where(static i => i % 3 == 0).Select(static i => (byte)i)], marks);
    }

    [Fact]
    public void Dispose_closes_the_descriptors_of_what_was_not_sent()
    {
        (Descriptor read, Descriptor write) = Descriptor.CreatePipe(nonblockingRead: true);
        using (read)
        {
            using (write)
            {
                for (int i = 0; i < Messages; i++)
                {
                    _outbox.Send(Message(i), i == Messages - 1 ? [write.Number] : []);
                }
            }
            Assert.True(read.Read(new byte[1]) < 0); // open somewhere

            _outbox.Dispose();

            Assert.Equal(0, read.Read(new byte[1]));
        }
        Assert.False(_outbox.Send(Message(0), []));
    }

    [Fact]
    public void Send_to_one_who_is_gone_says_so()
    {
        _socket.Theirs.Dispose();

        Assert.False(_outbox.Send(Message(0), []));
    }

    [Fact]
    public async Task Send_while_too_many_descriptors_are_under_way_is_tried_again_now_and_then_and_spins_at_nothing()
    {
        const int TooManyReferences = 109;
        var time = new FakeTimeProvider();
        int tries = 0;
        bool isOverloaded = true;
        using var outbox = new LauncherOutbox(_socket.Ours, _watcher, time, (socket, data, descriptors) =>
        {
            tries++;
            return isOverloaded ? -TooManyReferences : DescriptorPassing.Send(socket, data, descriptors);
        });

        Assert.True(outbox.Send(Message(1), []));
        Assert.True(outbox.Send(Message(2), []));
        await TurnOfTheWatcherAsync(); // the socket is writable all the time
        await TurnOfTheWatcherAsync();
        Assert.Equal(1, tries);
        time.Advance(TimeSpan.FromMilliseconds(10));
        await TurnOfTheWatcherAsync();
        Assert.Equal(2, tries);
        isOverloaded = false;
        time.Advance(TimeSpan.FromMilliseconds(10));

        Assert.Equal([.. Message(1), .. Message(2)], Receive(2 * Size, new Queue<Descriptor>()));
    }

    /// <summary>Completes when the watcher's thread has handled an event after all earlier ones.</summary>
    private async Task TurnOfTheWatcherAsync()
    {
        var turn = new Turn();
        (Descriptor read, Descriptor write) = Descriptor.CreatePipe();
        using (read)
        {
            long watch = _watcher.Add(read, turn);
            write.Dispose();
            await turn.Seen.Task.WaitAsync(TestContext.Current.CancellationToken);
            _watcher.Remove(read, watch);
        }
    }

    private sealed class Turn : IWatched
    {
        public TaskCompletionSource Seen { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        void IWatched.OnReady(bool readable, bool writable) => Seen.TrySetResult();
    }

    private byte[] Receive(int length, Queue<Descriptor> descriptors)
    {
        byte[] data = new byte[length];
        for (int filled = 0; filled < length;)
        {
            Assert.True(RunSweep.WaitForEnd(_socket.Theirs, Patience), $"nothing came after {filled} bytes"); // or for a descriptor to read
            filled += Math.Max(0, DescriptorPassing.Receive(_socket.Theirs, data.AsSpan(filled), descriptors));
        }
        return data;
    }

    private static byte ReadMark(Descriptor pipe)
    {
        using (pipe)
        {
            byte[] mark = new byte[2];
            Assert.Equal(1, pipe.Read(mark));
            return mark[0];
        }
    }

    private static byte[] Message(int number) => [.. Enumerable.Repeat((byte)number, Size)];
}
