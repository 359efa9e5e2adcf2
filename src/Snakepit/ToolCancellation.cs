namespace Snakepit;

/// <summary>Specifies what happens to a tool whose call is cancelled or times out. The caller is released at once in any case.</summary>
public enum ToolCancellation
{
    /// <summary>
    /// <c>snakepit.Cancelled</c> is raised in a plain tool, also while it waits or computes, and the task of an <c>async def</c> tool is
    /// cancelled. A plain tool is only interrupted on Linux; elsewhere, it is told as with <see cref="Cooperative"/>.
    /// </summary>
    Interrupt,

    /// <summary><c>@tool(cancel="cooperative")</c>: the tool is told by <c>ctx.cancelled</c> and not interrupted.</summary>
    Cooperative,

    /// <summary><c>@tool(cancel="kill")</c>: the worker is killed at once, and replaced.</summary>
    Kill,
}
