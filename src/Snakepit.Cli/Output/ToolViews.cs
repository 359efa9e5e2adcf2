using Snakepit.AspNetCore.Contract;

namespace Snakepit.Cli.Output;

/// <summary>Shows tools.</summary>
internal static class ToolViews
{
    /// <summary>Returns how often each tool was called, how long that took, and what a call keeps of its worker's memory.</summary>
    public static TableView Counts(IEnumerable<ToolInfo> tools)
    {
        var table = new TableView("tool", "#calls", "#failed", "#p50", "#p99", "#keeps");
        foreach (ToolInfo tool in tools)
        {
            bool wasCalled = tool.Calls > 0;
            table.Add(
                tool.Name, tool.Calls, tool.Failed > 0 ? Cell.Doubtful(Show.Number(tool.Failed)) : tool.Failed,
                Show.Duration(wasCalled ? tool.MedianSeconds : null), Show.Duration(wasCalled ? tool.P99Seconds : null),
                tool.MemoryPerCallBytes switch
                {
                    null => Show.Nothing, // not known
                    <= 0 => "0",
                    { } bytes => Cell.Doubtful(Show.Growth(bytes)),
                });
        }
        return table;
    }

    /// <summary>Writes what each tool takes and does.</summary>
    public static void WriteSignatures(Terminal terminal, IEnumerable<ToolInfo> tools)
    {
        foreach (ToolInfo tool in tools.Where(static tool => tool.Signature is not null))
        {
            terminal.Say(tool.Signature!);
            if (tool.Description is { Length: > 0 } description)
            {
                terminal.SayBelow(description);
            }
        }
    }
}
