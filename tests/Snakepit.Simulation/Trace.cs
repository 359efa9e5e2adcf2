using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <summary>A kernel step and the kernel's decisions.</summary>
internal sealed record TraceStep(KernelStep Input, Admission Admission, Effect[] Effects)
{
    public override string ToString()
    {
        var text = new StringBuilder(Input.ToString());
        if (Input.Kind is StepKind.Submit or StepKind.SubmitCheck or StepKind.SubmitMove or StepKind.UseSession)
        {
            text.Append(CultureInfo.InvariantCulture, $" = {(Admission.Accepted ? Admission.Call : Admission.Rejection)}");
        }
        foreach (Effect fx in Effects)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n        {fx.Kind}");
            text.Append(fx.Worker.IsNone ? "" : $" {fx.Worker}").Append(fx.Call.IsNone ? "" : $" {fx.Call}");
            text.Append(fx.Reason == Reason.None ? "" : $" {fx.Reason}").Append(fx.Outcome == Outcome.None ? "" : $" {fx.Outcome}");
        }
        return text.ToString();
    }
}

/// <summary>All inputs and decisions of a kernel from its start, which suffice to repeat its decisions.</summary>
internal sealed record Trace(ulong Seed, PoolPlan Plan, List<TraceStep> Steps)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        IgnoreReadOnlyProperties = true,
        Converters = { new EffectConverter(), new JsonStringEnumConverter() },
    };

    public static Trace Load(string path) =>
        JsonSerializer.Deserialize<Trace>(File.ReadAllText(path), Json) ?? throw new InvalidDataException($"{path} holds no trace.");

    public void Save(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, JsonSerializer.Serialize(this, Json));
    }

    /// <summary>Gives a new kernel the same inputs. Returns the index of the first step in which it decides differently, or -1.</summary>
    public int FindDifference()
    {
        var kernel = new PoolKernel(Plan, Seed);
        var fx = new EffectList();
        for (int i = 0; i < Steps.Count; i++)
        {
            fx.Clear();
            Admission admission = Steps[i].Input.Apply(kernel, fx).Admission;
            if (admission != Steps[i].Admission || !Steps[i].Effects.AsSpan().SequenceEqual([.. fx.Commands, .. fx.Actions]))
            {
                return i;
            }
        }
        return -1;
    }

    public override string ToString() => string.Join('\n', Steps);
}
