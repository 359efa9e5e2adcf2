using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.AspNetCore.Contract;

/// <summary>How the contract is written: names in camel case, times in seconds, sizes in bytes, members without a value left out.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(AntiforgeryInfo))]
[JsonSerializable(typeof(BudgetInfo))]
[JsonSerializable(typeof(CallOrder))]
[JsonSerializable(typeof(CallResultInfo))]
[JsonSerializable(typeof(DoctorInfo))]
[JsonSerializable(typeof(DoctorOrder))]
[JsonSerializable(typeof(DoneInfo))]
[JsonSerializable(typeof(DrainOrder))]
[JsonSerializable(typeof(DroppedInfo))]
[JsonSerializable(typeof(EventInfo))]
[JsonSerializable(typeof(HistoryInfo))]
[JsonSerializable(typeof(HostInfo))]
[JsonSerializable(typeof(LiftQuarantineOrder))]
[JsonSerializable(typeof(PoolInfo))]
[JsonSerializable(typeof(PoolList))]
[JsonSerializable(typeof(ProblemInfo))]
[JsonSerializable(typeof(RecycleInfo))]
[JsonSerializable(typeof(RecycleOrder))]
[JsonSerializable(typeof(ResizeOrder))]
[JsonSerializable(typeof(ResumeOrder))]
[JsonSerializable(typeof(StacksInfo))]
[JsonSerializable(typeof(StateInfo))]
[JsonSerializable(typeof(ToolList))]
[JsonSerializable(typeof(WorkerList))]
internal sealed partial class ContractJson : JsonSerializerContext;
