using CsCheck;
using Snakepit.Frames;

namespace Snakepit.Tests.Frames;

/// <summary>The pooled arrays that hold the bodies of calls and replies.</summary>
public sealed class BodyTests
{
    [Fact]
    public void A_call_body_holds_what_was_written_behind_room_for_the_header() => Gen.Byte.Array[0, 3_000].Array[0, 20].Sample(
        static pieces =>
        {
            var body = new CallBody();
            foreach (byte[] piece in pieces)
            {
                piece.CopyTo(body.GetSpan(piece.Length));
                body.Advance(piece.Length);
            }
            byte[] expected = [.. pieces.SelectMany(static piece => piece)];
            Assert.Equal(expected.Length, body.BodyLength);
            Assert.True(body.Frame.Span[Protocol.ExtendedHeaderSize..].SequenceEqual(expected));
            body.Reset();
        },
        iter: 300);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_000_000)]
    public void A_call_body_gives_as_much_room_as_is_asked_for_and_some_when_nothing_is(int asked)
    {
        var body = new CallBody();
        Assert.True(body.GetSpan(asked).Length >= Math.Max(asked, 1));
        Assert.True(body.GetMemory(asked).Length >= Math.Max(asked, 1));
        body.Reset();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    public void A_call_body_that_was_reset_is_as_new(int length)
    {
        var body = new CallBody();
        body.GetSpan(length)[..length].Fill(1);
        body.Advance(length);

        body.Reset();
        body.Reset();
        "x"u8.CopyTo(body.GetSpan(1));
        body.Advance(1);

        Assert.Equal("x"u8, body.Frame.Span[Protocol.ExtendedHeaderSize..]);
    }

    [Fact]
    public void A_reply_body_is_a_copy_and_empty_once_returned()
    {
        byte[] source = "42"u8.ToArray();
        ReplyBody body = ReplyBody.Copy(source);
        source[0] = 0;

        Assert.Equal("42"u8.ToArray(), body.Span.ToArray());
        body.Return();
        Assert.True(body.Span.IsEmpty);
        body.Return();
    }

    [Fact]
    public void A_reply_body_may_be_empty()
    {
        ReplyBody body = ReplyBody.Copy([]);
        Assert.True(body.Span.IsEmpty);
        body.Return();
        Assert.True(default(ReplyBody).Span.IsEmpty);
    }
}
