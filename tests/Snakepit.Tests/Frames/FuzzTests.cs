using Snakepit.Simulation;
using Snakepit.Simulation.Fuzz;

namespace Snakepit.Tests.Frames;

/// <summary>Input that a broken or hostile worker might send. <c>bench fuzz</c> continues where these tests end.</summary>
[Trait("Rule", "P4")]
[Trait("Rule", "V3")]
public sealed class FuzzTests
{
    private const ulong Seed = 20_260_101;
    private const int Inputs = 20_000;

    public static TheoryData<string> Targets => [.. FuzzTargets.Names];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Take_of_any_input_ends_as_declared(string name)
    {
        using FuzzTarget target = FuzzTargets.Create(name);

        FuzzReport report = FuzzRun.Execute(target, Seed, Inputs, cancellation: TestContext.Current.CancellationToken);

        Assert.True(report.Findings.Count == 0, string.Join('\n', report.Findings));
    }

    [Fact]
    public void Duration_finer_than_a_microsecond_is_the_same_when_it_is_written_in_whole_ones()
    {
        using FuzzTarget target = FuzzTargets.Create("json");
        SimRandom random = SimRandom.For(1, "x", 2);

        target.Take("""{"__snakepit__":"timedelta","v":9006100000.1}"""u8.ToArray(), ref random);
    }

    [Fact]
    public void Next_gives_the_same_input_for_the_same_seed_and_number()
    {
        byte[][] corpus = FuzzCorpus.Frames();
        SimRandom one = SimRandom.For(1, "x", 2);
        SimRandom same = SimRandom.For(1, "x", 2);

        Assert.Equal(Mutator.Next(corpus, ref one), Mutator.Next(corpus, ref same));
    }

    [Theory]
    [InlineData(FaultyTarget.Fault.Throws, "InvalidOperationException")]
    [InlineData(FaultyTarget.Fault.Accepts, "it must not")]
    [InlineData(FaultyTarget.Fault.Allocates, "allocated")]
    public void Execute_tells_what_a_faulty_reader_does(object fault, string problem)
    {
        using var target = new FaultyTarget((FaultyTarget.Fault)fault);

        FuzzReport report = FuzzRun.Execute(target, Seed, 40, cancellation: TestContext.Current.CancellationToken);

        FuzzFinding finding = report.Findings[0];
        Assert.Contains(problem, finding.Problem, StringComparison.Ordinal);
        Assert.Equal(finding.Input, FuzzRun.TakeOne(target, Seed, finding.Number, out _, out _)?.Input);
    }
}
