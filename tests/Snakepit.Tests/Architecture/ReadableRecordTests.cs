namespace Snakepit.Tests.Architecture;

/// <summary>Checks how public records print in a log, a console or an issue.</summary>
public sealed class ReadableRecordTests
{
    [Theory]
    [InlineData("f()")]
    [InlineData("f(a)", "a")]
    [InlineData("f(a, /)", "a/")]
    [InlineData("f(a, /, b)", "a/", "b")]
    [InlineData("f(a, /, *, k)", "a/", "k!")]
    [InlineData("f(*, k, l)", "k!", "l!")]
    [InlineData("f(a, *rest, k, **more)", "a", "*rest", "k!", "**more")]
    [InlineData("f(a, **more)", "a", "**more")]
    public void ToString_of_a_tool_is_its_signature(string signature, params string[] parameters)
    {
        var tool = new ToolDescriptor
        {
            Name = "f",
            Parameters =
            [
                .. parameters.Select(static text => new ToolParameter
                {
                    Name = text.Trim('/', '!', '*'),
                    Kind = text.StartsWith("**", StringComparison.Ordinal) ? ToolParameterKind.VarKeyword
                        : text.StartsWith('*') ? ToolParameterKind.VarPositional
                        : text.EndsWith('/') ? ToolParameterKind.PositionalOnly
                        : text.EndsWith('!') ? ToolParameterKind.KeywordOnly
                        : ToolParameterKind.PositionalOrKeyword,
                }),
            ],
        };

        Assert.Equal(signature, tool.ToString());
    }

    [Theory]
    [InlineData(null, null, "a")]
    [InlineData("int", null, "a: int")]
    [InlineData(null, "2", "a=2")]
    [InlineData("int", "2", "a: int = 2")]
    public void ToString_of_a_parameter_is_what_Python_writes(string? annotation, string? value, string text)
    {
        var parameter = new ToolParameter
        {
            Name = "a",
            Kind = ToolParameterKind.PositionalOrKeyword,
            Annotation = annotation,
            Default = value,
        };

        Assert.Equal(text, parameter.ToString());
    }

    [Fact]
    public void ToString_of_a_recycle_report_tells_every_slot()
    {
        var report = new RecycleReport
        {
            Pool = "ml",
            Duration = TimeSpan.FromSeconds(2),
            Slots =
            [
                new SlotRecycle
                {
                    Slot = 0,
                    Outcome = SlotRecycleOutcome.Replaced,
                    Old = new WorkerId("ml", 0, 1),
                    New = new WorkerId("ml", 0, 2),
                    Duration = TimeSpan.FromSeconds(1),
                    EndProblem = "it was killed",
                },
                new SlotRecycle
                {
                    Slot = 1,
                    Outcome = SlotRecycleOutcome.KeptOld,
                    Old = new WorkerId("ml", 1, 1),
                    Duration = TimeSpan.FromSeconds(2),
                    FailureReason = "no torch",
                },
            ],
        };

        Assert.Equal(
            """
            Pool 'ml': 1 of 2 slots have a new worker after 2 s.
              slot 0: Replaced, ml/0#1 -> ml/0#2, after 1 s; the old worker's end: it was killed
              slot 1: KeptOld, ml/1#1, after 2 s: no torch
            """.ReplaceLineEndings("\n"),
            report.ToString());
    }

    [Fact]
    public void ToString_of_a_tool_error_is_its_traceback_or_else_its_message()
    {
        var error = new ToolError { Type = "KeyError", Message = "'x'" };

        Assert.Equal("KeyError: 'x'", error.ToString());
        Assert.Equal("Traceback", (error with { Traceback = "Traceback\n" }).ToString());
        Assert.Equal("KeyError", (error with { Message = "" }).ToString());
    }

    [Fact]
    public void ToString_of_records_with_durations_shows_their_units()
    {
        var time = TimeSpan.FromTicks(12_345_678);
        var tool = new RunningTool { Name = "add", Elapsed = time };
        var report = new DeathReport
        {
            Worker = new WorkerId("ml", 0, 1), Pid = 7, Cause = DeathCause.Exited, Description = "exit code 3", Uptime = time, Requests = 2,
            RunningTools = [tool], CpuTime = time,
        };

        Assert.Equal("'add' for 1.235 s", tool.ToString());
        Assert.Equal(
            "Worker ml/0#1 (process 7) ended: exit code 3, in tool 'add' (for 1.235 s), after 1.235 s and 2 calls, processor time 1.235 s.",
            report.ToString());
        Assert.Equal(
            "no torch: 2 failures, the last 1.235 s ago, next attempt in 1.235 s",
            new RestartSnapshot { Cause = "no torch", Failures = 2, Elapsed = time, NextIn = time }.ToString());
    }
}
