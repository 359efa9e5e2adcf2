using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Snakepit.AspNetCore.Contract;
using Snakepit.Cli.Advice;
using Snakepit.Cli.Hosts;
using Snakepit.Cli.Local;

namespace Snakepit.Cli.Output;

/// <summary>How the tool reads what hosts answer, and how it writes JSON: names in camel case, times in seconds, sizes in bytes, members
/// without a value left out. Members that the tool does not know are skipped: a newer host may send them.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CallOrder))]
[JsonSerializable(typeof(CallResultInfo))]
[JsonSerializable(typeof(CapacityDocument))]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
[JsonSerializable(typeof(DoctorInfo))]
[JsonSerializable(typeof(DoctorOrder))]
[JsonSerializable(typeof(DoneInfo))]
[JsonSerializable(typeof(DrainOrder))]
[JsonSerializable(typeof(DroppedInfo))]
[JsonSerializable(typeof(EventInfo))]
[JsonSerializable(typeof(HealthDocument))]
[JsonSerializable(typeof(HostInfo))]
[JsonSerializable(typeof(HostLineList))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(List<JsonElement>))]
[JsonSerializable(typeof(JsonNode))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(LiftQuarantineOrder))]
[JsonSerializable(typeof(NewFile))]
[JsonSerializable(typeof(PoolInfo))]
[JsonSerializable(typeof(PoolList))]
[JsonSerializable(typeof(ProblemInfo))]
[JsonSerializable(typeof(ProfileDocument))]
[JsonSerializable(typeof(RecycleInfo))]
[JsonSerializable(typeof(RecycleOrder))]
[JsonSerializable(typeof(ResizeOrder))]
[JsonSerializable(typeof(ResumeOrder))]
[JsonSerializable(typeof(ScalingReport))]
[JsonSerializable(typeof(StacksInfo))]
[JsonSerializable(typeof(StateInfo))]
[JsonSerializable(typeof(ToolList))]
[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(WorkerList))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>Documents for people and programs, one member a line.</summary>
    public static CliJson Document { get; } = Create(isIndented: true);

    /// <summary>Documents of which each takes a line.</summary>
    public static CliJson Line { get; } = Create(isIndented: false);

    private static CliJson Create(bool isIndented) => new(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        WriteIndented = isIndented,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // the output is no HTML
    });
}
