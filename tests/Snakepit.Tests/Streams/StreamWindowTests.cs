using Snakepit.Frames;
using Snakepit.Streams;

namespace Snakepit.Tests.Streams;

/// <summary>Tests how much credit a stream's worker gets.</summary>
public sealed class StreamWindowTests
{
    private const long Second = 1_000;
    private static readonly long s_ahead = Second / 20;

    [Fact]
    public void An_item_beyond_the_credit_is_refused()
    {
        var window = new StreamWindow(s_ahead);
        for (int i = 0; i < StreamWindow.First; i++)
        {
            Assert.True(window.TryReceive(1));
        }

        Assert.False(window.TryReceive(1));
        Assert.Equal(StreamWindow.First, window.Received);
    }

    [Fact]
    public void An_item_may_exceed_the_bytes_and_the_next_may_not_begin()
    {
        var window = new StreamWindow(s_ahead);

        Assert.True(window.TryReceive(1));
        Assert.True(window.TryReceive(Protocol.StreamBytes));
        Assert.False(window.TryReceive(1));
        window.Take(1, 0);
        Assert.True(window.Take(Protocol.StreamBytes, 0));
        Assert.True(window.TryReceive(1));
    }

    [Fact]
    public void The_window_doubles_while_both_sides_wait_for_each_other()
    {
        var window = new StreamWindow(1_000 * s_ahead);
        long now = 0;
        for (int round = 0; round < 12; round++)
        {
            while (window.TryReceive(1))
            {
            }
            while (window.Taken < window.Received)
            {
                window.Take(1, now++);
            }
        }

        Assert.Equal(Protocol.MaxWindow, window.Size);
    }

    [Fact]
    public void A_slow_caller_has_at_most_what_it_takes_in_a_moment_ahead()
    {
        var window = new StreamWindow(s_ahead);
        long now = 1;
        for (int i = 0; i < 200; i++)
        {
            while (window.TryReceive(1))
            {
            }
            now += Second; // per item
            window.Take(1, now);
        }

        Assert.InRange(window.Size, 1, 2);
        Assert.InRange(window.Received - window.Taken, 0, 2);
    }

    [Fact]
    public void A_caller_that_takes_everything_always_leaves_credit()
    {
        var random = new Random(7);
        for (int round = 0; round < 2_000; round++)
        {
            var window = new StreamWindow(s_ahead);
            var waiting = new Queue<int>();
            long now = 1;
            for (int step = 0; step < 300; step++)
            {
                int size = random.Next(1, random.Next(2) == 0 ? 10 : 400_000);
                if (random.Next(2) == 0 && window.TryReceive(size))
                {
                    waiting.Enqueue(size);
                }
                else if (waiting.TryDequeue(out int taken))
                {
                    window.Take(taken, now += random.Next(100));
                }
                Assert.InRange(waiting.Count, 0, Protocol.MaxWindow);
                Assert.InRange(window.ReceivedBytes - window.TakenBytes, 0, Protocol.StreamBytes + 400_000);
            }
            while (waiting.TryDequeue(out int taken))
            {
                window.Take(taken, now);
            }
            Assert.True(window.TryReceive(1), "the worker waits for credit, and the caller for an item");
        }
    }
}
