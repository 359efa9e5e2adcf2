using Snakepit.Frames;

namespace Snakepit.Tests.Values;

/// <summary>A message above its limit is rejected while it is written.</summary>
public abstract class MessageLimitTests(RoundTrip codec)
{
    protected const int Limit = 1 << 20;

    [Fact]
    public void What_never_ends_is_refused_at_the_limit()
    {
        int made = 0;
        Assert.Throws<MessageTooLargeException>(() => Write(ToolArguments.Positional(Endless())));
        Assert.InRange(made, 1, Limit);
        made = 0;
        Assert.Throws<MessageTooLargeException>(() => Write(ToolArguments.Named(("a", new { Items = Endless() }))));
        Assert.InRange(made, 1, Limit);
        made = 0;
        Assert.Throws<MessageTooLargeException>(() => Write(new ToolArguments(new ObjectArguments(new { Items = Endless() }, null))));
        Assert.InRange(made, 1, Limit);

        IEnumerable<int> Endless()
        {
            while (true)
            {
                yield return made++;
            }
        }
    }

    [Fact]
    public void Large_values_of_each_kind_are_refused()
    {
        foreach (object value in new object[]
        {
            new string('x', 3 * Limit), new byte[3 * Limit], new double[Limit], new List<string>(Enumerable.Repeat("text", Limit)),
            NdArray.From<byte>(new byte[3 * Limit]),
            Enumerable.Range(0, Limit).ToDictionary(static i => $"{i}", static i => i),
            Enumerable.Repeat(1.5, Limit).ToHashSet().Concat(new double[Limit]),
        })
        {
            Assert.Throws<MessageTooLargeException>(() => Write(ToolArguments.Positional(value)));
        }
    }

    [Fact]
    public void Refused_attempt_takes_about_the_limit()
    {
        ToolArguments arguments = ToolArguments.Positional(Enumerable.Range(0, int.MaxValue).Where(static i => i >= 0));
        Assert.Throws<MessageTooLargeException>(() => Write(arguments)); // one-time allocations happen now
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<MessageTooLargeException>(() => Write(arguments));

        // Buffers double as they grow, and a boxed item takes 24 bytes for the five of its form.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 * Limit);
    }

    [Fact]
    public void What_fits_is_written()
    {
        Write(ToolArguments.Positional(new byte[Limit / 2]));
        Write(ToolArguments.Positional(new string('x', Limit - 100)));
        Write(ToolArguments.Positional(Enumerable.Range(0, Limit / 8).Where(static i => i >= 0)));
        Write(ToolArguments.Positional(1)); // a rejection leaves the writers clean
    }

    protected void Write(ToolArguments arguments)
    {
        var body = new CallBody { Limit = Limit };
        try
        {
            codec.Codec.WriteCall(body, "t", arguments);
            MessageTooLargeException.ThrowIfBeyond(Limit, body.BodyLength, 0); // the pool checks what little the buffer lets pass
        }
        finally
        {
            body.Reset();
        }
    }
}

public sealed class JsonMessageLimitTests() : MessageLimitTests(new JsonRoundTrip());

public sealed class MarshalMessageLimitTests() : MessageLimitTests(new MarshalRoundTrip())
{
    [Fact]
    public void Object_that_is_larger_in_json_is_judged_by_its_size_in_marshal()
    {
        Write(ToolArguments.Positional(new { Flags = new bool[Limit - 100] }));
        Write(ToolArguments.Positional(new { Text = new string('\u0001', Limit - 100) }));
        Write(ToolArguments.Positional(new { Parts = Enumerable.Repeat(Array.Empty<byte>(), (Limit / 5) - 100).Concat([]) }));
        Assert.Throws<MessageTooLargeException>(() => Write(ToolArguments.Positional(new { Flags = new bool[Limit + 100] })));
    }
}
