using System.Text.Json;
using Snakepit.Values;

namespace Snakepit.Simulation.Fuzz;

/// <summary>Fuzzes the reader of ERROR bodies, which salvages as much of a damaged body as it can.</summary>
internal sealed class ErrorTarget : FuzzTarget
{
    private readonly JsonValueCodec _codec = new();

    public override string Name => "error";

    public override IReadOnlyList<byte[]> Corpus { get; } = FuzzCorpus.Errors();

    public override void Take(byte[] input, ref SimRandom random)
    {
        try
        {
            ToolError error = _codec.ReadError(input);
            Require(
                error is { Type: not null, Message: not null, Module: not null, Traceback: not null },
                "something is missing in an error");
        }
        catch (JsonException)
        {
        }
    }
}
