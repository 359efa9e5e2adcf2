namespace Snakepit.Simulation.Fuzz;

/// <summary>What came of a number of inputs.</summary>
/// <param name="Target">Whose.</param>
/// <param name="Inputs">How many.</param>
/// <param name="Slowest">How long the slowest took.</param>
/// <param name="LargestAllocation">The most bytes that one had allocated.</param>
/// <param name="Findings">Those that were not taken as they must be; the first few.</param>
internal sealed record FuzzReport(string Target, long Inputs, TimeSpan Slowest, long LargestAllocation, IReadOnlyList<FuzzFinding> Findings);

/// <summary>An input that was not taken as it must be.</summary>
/// <param name="Target">By whom.</param>
/// <param name="Seed">Gives the same input again, with its number.</param>
/// <param name="Number">Its number.</param>
/// <param name="Input">The input itself.</param>
/// <param name="Problem">What happened.</param>
internal sealed record FuzzFinding(string Target, ulong Seed, long Number, byte[] Input, string Problem)
{
    public override string ToString() => $"{Target}, seed {Seed}, input {Number}: {Problem}\n  {Convert.ToHexString(Input)}";
}
