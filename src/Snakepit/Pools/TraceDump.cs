using System.Buffers;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>A kernel step and the digest of the kernel's decisions in it.</summary>
internal struct RecordedStep
{
    public KernelStep Step;

    /// <summary>0 when the kernel did not complete the step.</summary>
    public ulong Digest;
}

/// <summary>
/// The latest steps of a live kernel, the state before them, and digests of its decisions: another kernel can replay them.
/// </summary>
internal sealed class TraceDump
{
    private const int Format = 1;

    public required ulong Seed { get; init; }

    public required PoolPlan Plan { get; init; }

    /// <summary>The state before the first step, see <see cref="KernelImage"/>.</summary>
    public required long[] Image { get; init; }

    public required RecordedStep[] Steps { get; init; }

    /// <summary>The version of Snakepit that wrote the dump: only the same version is sure to decide the same.</summary>
    public string Version { get; init; } =
        typeof(TraceDump).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    /// <exception cref="FormatException">The text is no dump, or has another format.</exception>
    public static TraceDump Parse(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement root = document.RootElement;
            int format = root.GetProperty(nameof(Format)).GetInt32();
            return format != Format ? throw new FormatException($"The trace has format {format}, not {Format}.") : new TraceDump
            {
                Version = root.GetProperty(nameof(Version)).GetString()!,
                Seed = root.GetProperty(nameof(Seed)).GetUInt64(),
                Plan = root.GetProperty(nameof(Plan)).Deserialize(PlanJson.Default.PoolPlan)!,
                Image = root.GetProperty(nameof(Image)).Deserialize(PlanJson.Default.Int64Array)!,
                Steps = root.GetProperty(nameof(Steps)).Deserialize(StepJson.Default.RecordedStepArray)!,
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"The text is not a trace of a pool: {e.Message}", e);
        }
    }

    /// <summary>Returns the dump as JSON.</summary>
    public override string ToString()
    {
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text))
        {
            writer.WriteStartObject();
            writer.WriteNumber(nameof(Format), Format);
            writer.WriteString(nameof(Version), Version);
            writer.WriteNumber(nameof(Seed), Seed);
            writer.WritePropertyName(nameof(Plan));
            JsonSerializer.Serialize(writer, Plan, PlanJson.Default.PoolPlan);
            writer.WritePropertyName(nameof(Image));
            JsonSerializer.Serialize(writer, Image, PlanJson.Default.Int64Array);
            writer.WritePropertyName(nameof(Steps));
            JsonSerializer.Serialize(writer, Steps, StepJson.Default.RecordedStepArray);
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}

[JsonSerializable(typeof(PoolPlan))]
[JsonSerializable(typeof(long[]))]
[JsonSourceGenerationOptions(IgnoreReadOnlyProperties = true)]
internal sealed partial class PlanJson : JsonSerializerContext;

/// <summary>Leaves out the parts that a step does not have.</summary>
[JsonSerializable(typeof(RecordedStep[]))]
[JsonSourceGenerationOptions(
    IncludeFields = true, IgnoreReadOnlyProperties = true, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, Converters = [typeof(WholePlan)])]
internal sealed partial class StepJson : JsonSerializerContext;

/// <summary>Writes a plan with all its values in a step: what is left out would get the plan's own defaults.</summary>
internal sealed class WholePlan : JsonConverter<PoolPlan>
{
    public override PoolPlan? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonSerializer.Deserialize(ref reader, PlanJson.Default.PoolPlan);

    public override void Write(Utf8JsonWriter writer, PoolPlan value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value, PlanJson.Default.PoolPlan);
}
