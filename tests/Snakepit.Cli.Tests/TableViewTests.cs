using Snakepit.Cli.Output;

namespace Snakepit.Cli.Tests;

/// <summary>Tables in terminals of any width.</summary>
public sealed class TableViewTests
{
    [Fact]
    public void Columns_that_fit_are_a_table_with_numbers_at_the_right() => Assert.Equal(
        "pool  calls  note\ntext      7  [red] is no markup\nml    1,200\n", Render(40));

    [Fact]
    public void Columns_that_do_not_fit_are_blocks_and_nothing_is_cut_off() => Assert.Equal(
        "text\n  calls: 7\n  note: [red] is no\n  markup\nml\n  calls: 1,200\n", Render(20));

    private static string Render(int width)
    {
        var output = new StringWriter { NewLine = "\n" };
        var table = new TableView("pool", "#calls", "note");
        table.Add("text", 7, "[red] is no markup");
        table.Add("ml", 1_200, "");
        Terminal.Plain(output, TextWriter.Null, TextReader.Null, width).Write(table);
        return output.ToString();
    }
}
