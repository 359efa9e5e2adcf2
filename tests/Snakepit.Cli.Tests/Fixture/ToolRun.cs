namespace Snakepit.Cli.Tests.Fixture;

/// <summary>What a run of the tool has printed, and its exit code.</summary>
internal sealed record ToolRun(int Code, string Output, string Errors)
{
    /// <summary>The output without the line breaks of wrapping, to look for sentences in.</summary>
    public string Text => Unwrap(Output);

    public string Problem => Unwrap(Errors);

    public string[] Lines => Output.TrimEnd('\n').Split('\n');

    private static string Unwrap(string text) => string.Join(' ', text.Split((char[])['\n', ' '], StringSplitOptions.RemoveEmptyEntries));
}
