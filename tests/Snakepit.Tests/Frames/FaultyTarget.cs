using Snakepit.Simulation;
using Snakepit.Simulation.Fuzz;

namespace Snakepit.Tests.Frames;

/// <summary>A fuzz target with a defect that shows on every tenth input.</summary>
internal sealed class FaultyTarget(FaultyTarget.Fault fault) : FuzzTarget
{
    private static byte[]? s_kept;

    internal enum Fault
    {
        Throws,
        Accepts,
        Allocates,
    }

    public override string Name => "faulty";

    public override IReadOnlyList<byte[]> Corpus { get; } = [.. Enumerable.Range(0, 10).Select(static i => new byte[] { (byte)i })];

    public override void Take(byte[] input, ref SimRandom random)
    {
        if (input is not [0, ..])
        {
            return;
        }
        switch (fault)
        {
            case Fault.Throws:
                throw new InvalidOperationException();
            case Fault.Accepts:
                Require(false, "it took what it must not");
                break;
            case Fault.Allocates:
                s_kept = new byte[16 * 1024 * 1024];
                break;
        }
    }
}
