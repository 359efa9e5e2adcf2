using System.Text;
using Snakepit.Frames;
using Snakepit.Workers;

namespace Snakepit.Tests.Workers;

/// <summary>Output is cut into lines, and each has the tool that its mark names.</summary>
public sealed class LineCutterTests
{
    private readonly List<(string Line, string? Tool)> _lines = [];

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8_192)]
    public void Lines_have_the_tool_of_their_own_mark(int piece)
    {
        Feed(piece, $"plain\n{Mark("one")}a\n{Mark("one")}\n{Mark("größe")}b\r\nplain again\n{Mark("one")}rest");

        Assert.Equal(
            [("plain", null), ("a", "one"), ("", "one"), ("b", "größe"), ("plain again", null), ("rest", "one")], _lines);
    }

    [Fact]
    public void Pieces_of_a_long_line_have_its_tool()
    {
        Feed(8_192, $"{Mark("one")}{new string('x', 20_000)}\n{new string('y', 10_000)}\n");

        Assert.Equal(["one", "one", "one", null, null], _lines.Select(static line => line.Tool));
        Assert.Equal(20_000, _lines.Take(3).Sum(static line => line.Line.Length));
    }

    [Theory]
    [InlineData("\u001e")]
    [InlineData("\u001esnakepit:")]
    [InlineData("\u001esnakepit:no end")]
    [InlineData("in \u001esnakepit:the midst\u001f")]
    public void Text_that_only_resembles_a_mark_stays(string text)
    {
        Feed(8_192, text + "\n");

        Assert.Equal([(text, null)], _lines);
    }

    private static string Mark(string tool) => Protocol.OutputTool + tool + Protocol.OutputEnd;

    private void Feed(int piece, string text)
    {
        var cutter = new LineCutter((line, tool) => _lines.Add((line, tool)));
        ReadOnlySpan<byte> bytes = Encoding.UTF8.GetBytes(text);
        while (!bytes.IsEmpty)
        {
            int count = Math.Min(Math.Min(piece, bytes.Length), cutter.FreeSpace.Length);
            bytes[..count].CopyTo(cutter.FreeSpace);
            cutter.Advance(count);
            bytes = bytes[count..];
        }
        cutter.Finish();
    }
}
