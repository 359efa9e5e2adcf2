using Spectre.Console;
using Spectre.Console.Rendering;

namespace Snakepit.Cli.Output;

/// <summary>Rows under headers. Where the columns do not fit next to each other, each row becomes a block of lines: nothing is cut off.
/// A header that begins with <c>#</c> is that of numbers, which are aligned to the right.</summary>
internal sealed class TableView(params string[] headers)
{
    private const char NumberMark = '#';
    private const int Gap = 2;

    private readonly List<Cell[]> _rows = [];

    public void Add(params Cell[] cells)
    {
        if (cells.Length != headers.Length)
        {
            throw new ArgumentException($"A row has {headers.Length} cells, not {cells.Length}.", nameof(cells));
        }
        _rows.Add(cells);
    }

    public int Count => _rows.Count;

    private int Width => headers.Select((_, column) => WidthOf(column)).Sum() + (Gap * (headers.Length - 1));

    /// <summary>Returns the first of two tables if its columns fit, and else the second.</summary>
    public static IRenderable FirstThatFits(int width, TableView full, TableView narrow) =>
        full.Width <= width ? full.AsTable() : narrow.Render(width);

    /// <summary>Returns what to write in a terminal of that width.</summary>
    public IRenderable Render(int width) => Width <= width ? AsTable() : AsBlocks();

    private Table AsTable()
    {
        Table table = new Table().NoBorder();
        foreach (string header in headers)
        {
            bool isLast = table.Columns.Count == headers.Length - 1;
            table.AddColumn(new TableColumn(new Text(NameOf(header), new Style(decoration: Decoration.Bold)))
            {
                Alignment = header[0] == NumberMark ? Justify.Right : Justify.Left,
                Padding = new Padding(0, 0, isLast ? 0 : Gap, 0),
                NoWrap = true,
            });
        }
        foreach (Cell[] row in _rows)
        {
            table.AddRow(row.Select(static cell => new Text(cell.Text, cell.Style)));
        }
        return table;
    }

    private Rows AsBlocks()
    {
        var lines = new List<IRenderable>();
        foreach (Cell[] row in _rows)
        {
            lines.Add(new Text(row[0].Text, new Style(decoration: Decoration.Bold)));
            for (int column = 1; column < headers.Length; column++)
            {
                if (row[column].Text is not ("" or Show.Nothing))
                {
                    lines.Add(new Padder(
                        new Text($"{NameOf(headers[column])}: {row[column].Text}", row[column].Style), new Padding(Gap, 0, 0, 0)));
                }
            }
        }
        return new Rows(lines);
    }

    private int WidthOf(int column) =>
        _rows.Select(row => row[column].Text.GetCellWidth()).Append(NameOf(headers[column]).Length).Max();

    private static string NameOf(string header) => header.TrimStart(NumberMark);
}
