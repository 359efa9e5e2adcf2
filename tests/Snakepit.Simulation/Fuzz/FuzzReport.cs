namespace Snakepit.Simulation.Fuzz;

/// <summary>The results of a fuzzing run.</summary>
/// <param name="Target">The name of the target.</param>
/// <param name="Inputs">The number of inputs.</param>
/// <param name="Slowest">The time of the slowest input.</param>
/// <param name="LargestAllocation">The most bytes that one input allocated.</param>
/// <param name="Findings">The first few findings.</param>
internal sealed record FuzzReport(
    string Target,
    long Inputs,
    TimeSpan Slowest,
    long LargestAllocation,
    IReadOnlyList<FuzzFinding> Findings);

/// <summary>An input for which a reader broke its contract.</summary>
/// <param name="Target">The name of the target.</param>
/// <param name="Seed">The seed of the run; the seed and the number reproduce the input.</param>
/// <param name="Number">The number of the input.</param>
/// <param name="Input">The bytes of the input.</param>
/// <param name="Problem">The description of the defect.</param>
internal sealed record FuzzFinding(string Target, ulong Seed, long Number, byte[] Input, string Problem)
{
    public override string ToString() => $"{Target}, seed {Seed}, input {Number}: {Problem}\n  {Convert.ToHexString(Input)}";
}
