using CsCheck;
using Snakepit.Frames;
using Snakepit.Workers;

namespace Snakepit.Tests.Workers;

/// <summary>The calls in a worker, and the meaning of each terminal frame.</summary>
[Trait("Rule", "P4")]
[Trait("Rule", "P9")]
public sealed class SentCallsTests
{
    private static readonly RecordingSink s_sink = new();
    private readonly SentCalls _calls = new();

    [Fact]
    public void End_of_a_call_that_was_sent_is_its_reply_once()
    {
        Send(2);

        Assert.Equal(Ending.Reply, End(1));
        Assert.Throws<ProtocolException>(() => End(1));
        Assert.Equal([Call(2)], _calls.Open(static _ => true));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(3u)]
    [InlineData(uint.MaxValue)]
    public void End_under_a_number_that_was_never_given_out_is_refused(uint seq)
    {
        Send(2);

        Assert.Throws<ProtocolException>(() => _calls.End(seq, Call(1).Value, skipped: false, out _));
    }

    [Fact]
    public void End_under_the_number_of_another_call_is_refused()
    {
        Send(2);

        Assert.Throws<ProtocolException>(() => _calls.End(1, Call(2).Value, skipped: false, out _));
    }

    [Fact]
    public void TakeBack_takes_what_was_not_begun_and_its_end_is_no_news()
    {
        Send(4);
        _calls.RecalledUpTo = 4;
        var taken = new List<CallKey>();

        _calls.TakeBack(begun: 2, last: 4, except: 4, taken);

        Assert.Equal([Call(3)], taken);
        Assert.Equal(Ending.Ignore, End(3, skipped: true));
        Assert.Equal(Ending.Recalled, End(2, skipped: true)); // the host saw the call begin, but the worker's word counts
        Assert.Equal(Ending.Reply, End(1));
        Assert.Equal([Call(4)], _calls.Open(static _ => true));
    }

    [Fact]
    public void End_that_contradicts_a_recall_is_refused()
    {
        Send(2);
        Assert.Throws<ProtocolException>(() => End(1, skipped: true)); // no recall was requested

        _calls.RecalledUpTo = 2;
        _calls.TakeBack(begun: 1, last: 2, except: 0, []);

        Assert.Throws<ProtocolException>(() => End(2)); // the call was recalled
    }

    [Fact]
    public void TryEnd_is_news_once_and_the_frame_that_follows_is_none()
    {
        Send(2);

        Assert.True(_calls.TryEnd(1, Call(1).Value, skipped: false, out CallKey key));
        Assert.Equal(Call(1), key);
        Assert.False(_calls.TryEnd(1, Call(1).Value, skipped: false, out _));
        Assert.False(_calls.TryEnd(2, Call(1).Value, skipped: false, out _));
        Assert.False(_calls.TryEnd(9, Call(1).Value, skipped: false, out _));
        Assert.Throws<ProtocolException>(() => End(1, skipped: true));
        Assert.Equal(Ending.Ignore, End(1));
        Assert.False(_calls.TryEnd(1, Call(1).Value, skipped: false, out _));
        Assert.Equal([Call(2)], _calls.Open(static _ => true));
    }

    [Fact]
    public void TryEnd_of_a_call_that_was_left_out_gives_it_back_when_it_may_have_been()
    {
        Send(2);
        Assert.False(_calls.TryEnd(2, Call(2).Value, skipped: true, out _)); // no recall was requested

        _calls.RecalledUpTo = 2;

        Assert.True(_calls.TryEnd(2, Call(2).Value, skipped: true, out _));
        Assert.Equal(Ending.Ignore, End(2, skipped: true));
        Assert.Equal([Call(1)], _calls.Open(static _ => true));
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(2ul)]
    public void TakeBack_takes_nothing_when_all_was_begun_or_the_page_says_nonsense(ulong begun)
    {
        Send(2);
        _calls.RecalledUpTo = 2;
        var taken = new List<CallKey>();

        _calls.TakeBack(begun, last: 2, except: 0, taken);

        Assert.Empty(taken);
    }

    [Fact]
    public void Numbers_go_on_where_the_wire_begins_again()
    {
        const ulong Before = uint.MaxValue - 1ul;
        var calls = new SentCalls(Before);
        for (int i = 1; i <= 4; i++)
        {
            Assert.Equal(Before + (ulong)i, calls.Add(Call(i), s_sink));
        }

        Assert.Equal(Ending.Reply, calls.End(uint.MaxValue, Call(1).Value, skipped: false, out _));
        Assert.Equal(Ending.Reply, calls.End(0, Call(2).Value, skipped: false, out _));
        Assert.Equal(Ending.Reply, calls.End(2, Call(4).Value, skipped: false, out _));
        Assert.Throws<ProtocolException>(() => calls.End(3, Call(4).Value, skipped: false, out _));
        Assert.Equal([Call(3)], calls.Open(static _ => true));
    }

    [Fact]
    public void Any_order_of_ends_leaves_the_others_open() => Gen.Select(Gen.Int[1, 200], Gen.Int[0, 1_000_000]).Sample(
        static (count, seed) =>
        {
            var calls = new SentCalls();
            int[] order = [.. Enumerable.Range(1, count)];
            new Random(seed).Shuffle(order);
            foreach (int i in Enumerable.Range(1, count))
            {
                calls.Add(Call(i), s_sink);
            }
            for (int i = 0; i < count; i++)
            {
                Assert.Equal(order[i..].Order().Select(Call), calls.Open(static _ => true));
                Assert.Equal((ulong)order[i], calls.Find(Call(order[i])));
                Assert.Equal(Ending.Reply, calls.End((uint)order[i], Call(order[i]).Value, skipped: false, out _));
                Assert.Equal(0ul, calls.Find(Call(order[i])));
            }
        },
        iter: 30);

    private void Send(int count)
    {
        for (int i = 1; i <= count; i++)
        {
            _calls.Add(Call(i), s_sink);
        }
    }

    private Ending End(uint seq, bool skipped = false) => _calls.End(seq, Call((int)seq).Value, skipped, out _);

    private static CallKey Call(int number) => CallKey.Create(number, 1);
}
