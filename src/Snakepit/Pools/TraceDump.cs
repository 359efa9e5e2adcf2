using System.Buffers;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>A kernel step and the digest of what the kernel decided in it.</summary>
internal struct RecordedStep
{
    public KernelStep Step;

    /// <summary>0 when the kernel has not come to the end of it.</summary>
    public ulong Digest;
}

/// <summary>What a live kernel was told lately, from which state on, and marks of what it decided: another kernel can do the same
/// again.</summary>
internal sealed class TraceDump
{
    private const int Format = 1;

    public required ulong Seed { get; init; }

    public required PoolPlan Plan { get; init; }

    /// <summary>The state before the first step, see <see cref="KernelImage"/>.</summary>
    public required long[] Image { get; init; }

    public required RecordedStep[] Steps { get; init; }

    /// <summary>The version of Snakepit that wrote it: only the same one is sure to decide the same.</summary>
    public string Version { get; init; } =
        typeof(TraceDump).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    /// <exception cref="FormatException">It is no such text, or one of another format.</exception>
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

    /// <summary>As JSON.</summary>
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

/// <summary>Without what a step does not have.</summary>
[JsonSerializable(typeof(RecordedStep[]))]
[JsonSourceGenerationOptions(
    IncludeFields = true, IgnoreReadOnlyProperties = true, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
internal sealed partial class StepJson : JsonSerializerContext;
