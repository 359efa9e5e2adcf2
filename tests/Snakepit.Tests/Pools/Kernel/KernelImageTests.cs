using System.Collections;
using System.Reflection;
using Snakepit.Pools.Kernel;
using Snakepit.Simulation;
using Snakepit.Tests.Architecture;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>A kernel's image contains its whole state, fields that are added later included.</summary>
[Trait("Rule", "A6")]
public sealed class KernelImageTests
{
    private const BindingFlags Instance = BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>The fields that the image does not contain, with the reason.</summary>
    private static readonly Dictionary<string, string> s_derived = new()
    {
        ["Agenda.Lanes"] = "empty between steps",
        ["Agenda.Moves"] = "empty between steps",
        ["MoveReply.Session"] = "of the agenda",
        ["MoveReply.Succeeded"] = "of the agenda",
        ["MoveReply.IsLate"] = "of the agenda",
        ["Roster._sets"] = "follow from the slots",
        ["Roster._wakes"] = "exchanged slot by slot",
        ["Roster._changed"] = "empty between steps",
        ["Roster._facts"] = "follow from the slots",
        ["Roster._isChanged"] = "false between steps",
        ["Paces.Depth"] = "follows from the plan",
        ["Failures.FirstPause"] = "follows from the plan",
        ["Planner._dueTimes"] = "empty between steps",
        ["Planner._beginTimes"] = "empty between steps",
        ["Planner._dueSlots"] = "empty between steps",
        ["CallQueue._calls"] = "the kernel's",
        ["CallQueue._step"] = "follows from the plan",
        ["CallQueue._takesTurns"] = "follows from the plan",
        ["CallQueue._countsKeys"] = "follows from the plan",
        ["CallQueue._laneOf"] = "follows from the lanes",
        ["CallQueue._waitingOf"] = "follows from the calls",
        ["DeadlineWheel._calls"] = "the kernel's",
        ["DeadlineWheel._tick"] = "follows from the plan",
        ["DeadlineWheel._heads"] = "follows from the calls",
        ["DeadlineWheel._filled"] = "follows from the calls",
        ["WorkerLists._heads"] = "follows from the workers",
        ["WorkerLists._tails"] = "follows from the workers",
        ["WorkerLists._filled"] = "follows from the workers",
        ["SlotSet._words"] = "follow from the slots",
        ["SlotSet._filled"] = "follow from the slots",
        ["SlotSet.Count"] = "follows from the slots",
        ["WakeTree._earliest"] = "exchanged slot by slot",
        ["WakeTree._leaves"] = "follows from the number of slots",
        ["SlotNode.Index"] = "its place in the array",
        ["Sessions._over"] = "empty between steps",
        ["Sessions._newest"] = "follows from the order of the sessions",
        ["SessionNode.Number"] = "written at the session's place",
        ["SessionNode.Older"] = "follows from the order of the sessions",
        ["SessionNode.Newer"] = "follows from the order of the sessions",
        ["WorkerNode.Slot"] = "where the worker is",
        ["WorkerNode.Key"] = "written at the worker's place",
        ["WorkerTimes.LaunchedAt"] = "written at the worker's place",
        ["DueTimes._slot"] = "where the worker is",
        ["WorkerExit._slot"] = "where the worker is",
    };

    private static readonly HashSet<Type> s_withoutState =
    [
        typeof(KernelImage), typeof(PoolPlan), typeof(WorkerKey), typeof(CallKey), typeof(CallSpec), typeof(RunEstimate), typeof(Demand),
        typeof(RestartRow), typeof(Suspect), typeof(WorkerMake), typeof(Allowance), typeof(PoolNeeds),
    ];

    [Fact]
    public void Every_field_of_the_state_is_exchanged_or_derived()
    {
        HashSet<Type> parts = Parts();
        string[] forgotten = [.. StateTypes().SelectMany(type => Fields(type)
            .Where(field => !parts.Contains(field.FieldType) && field.FieldType != typeof(PoolPlan) && !Exchanged(type).Contains(field))
            .Select(field => $"{type.Name}.{NameOf(field)}")
            .Where(static name => !s_derived.ContainsKey(name)))];

        Assert.Equal([], forgotten);
    }

    [Fact]
    public void Every_part_with_a_state_is_exchanged()
    {
        var kernel = new KernelParts(SimulationRun.Record(1).Plan, 1);
        var parts = (Action<KernelImage>[])Fields(typeof(KernelParts))
            .Single(static field => field.FieldType == typeof(Action<KernelImage>[]))
            .GetValue(kernel)!;
        HashSet<Type?> exchanged = [.. parts.Select(static exchange => exchange.Target?.GetType())];

        // The roster exchanges the first one, the intake the others.
        Assert.Equal(
            [typeof(Availability), typeof(CallTable), typeof(Sessions)],
            Parts().Where(type => type.GetMethods(Instance).Any(static method => method.Name == "Exchange") && !exchanged.Contains(type)));
    }

    [Fact]
    public void Everything_derived_exists() =>
        Assert.Equal(
            [],
            s_derived.Keys.Except(StateTypes().SelectMany(static type => Fields(type).Select(field => $"{type.Name}.{NameOf(field)}"))));

    [Fact]
    public void A_field_that_is_forgotten_is_found() =>
        Assert.Equal(["_forgotten"], Fields(typeof(Forgetful)).Except(Exchanged(typeof(Forgetful))).Select(NameOf));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Load_gives_the_same_state(ulong seed)
    {
        Trace trace = SimulationRun.Record(seed);
        var kernel = new PoolKernel(trace.Plan, trace.Seed);
        var fx = new EffectList();
        for (int i = 0; i < trace.Steps.Count; i++)
        {
            fx.Clear();
            trace.Steps[i].Input.Apply(kernel, fx);
            if (i % 25 == 0)
            {
                var image = new KernelImage();
                image.Save(kernel);
                PoolKernel loaded = KernelImage.Load(image.Words.ToArray(), kernel.Plan);
                AssertSame(kernel, loaded, nameof(PoolKernel), []);
            }
        }
    }

    [Fact]
    public void Load_other_numbers_are_refused()
    {
        PoolPlan plan = SimulationRun.Record(1).Plan;
        var image = new KernelImage();
        image.Save(new PoolKernel(plan, 1));
        long[] words = image.Words.ToArray();

        Assert.Throws<ArgumentException>(() => KernelImage.Load(words[..^1], plan));
        Assert.Throws<ArgumentException>(() => KernelImage.Load([.. words, 0], plan));
        Assert.Throws<ArgumentException>(() => KernelImage.Load([], plan));
    }

    /// <summary>Compares both graphs field by field. Scratch memory, capacities and leftovers in free entries may differ.</summary>
    private static void AssertSame(object? expected, object? actual, string path, HashSet<object> seen)
    {
        if (expected is null
            || actual is null
            || expected.GetType().IsPrimitive
            || expected.GetType().IsEnum
            || s_withoutState.Contains(expected.GetType()))
        {
            Assert.True(Equals(expected, actual), $"{path} is {actual ?? "nothing"} instead of {expected ?? "nothing"}");
            return;
        }
        if (!expected.GetType().IsValueType && !seen.Add(expected))
        {
            return;
        }
        if (expected is IList list)
        {
            var other = (IList)actual;
            for (int i = 0; i < Math.Min(list.Count, other.Count); i++)
            {
                AssertSame(list[i], other[i], $"{path}[{i}]", seen);
            }
            return;
        }
        if (expected is IDictionary dictionary)
        {
            var other = (IDictionary)actual;
            Assert.Equivalent(dictionary.Keys, other.Keys, strict: true); // in any order
            foreach (object key in dictionary.Keys)
            {
                AssertSame(dictionary[key], other[key], $"{path}[{key}]", seen);
            }
            return;
        }
        if (expected is CallState { Phase: CallPhase.Free } free)
        {
            Assert.Equal((free.Version, free.Next), (((CallState)actual).Version, ((CallState)actual).Next));
            return;
        }
        IEnumerable<FieldInfo> fields = Fields(expected.GetType())
            .Where(static field => field.Name is not ("_dueTimes" or "_beginTimes" or "_dueSlots"));
        foreach (FieldInfo field in fields)
        {
            AssertSame(field.GetValue(expected), field.GetValue(actual), $"{path}.{NameOf(field)}", seen);
        }
    }

    /// <summary>
    /// Returns the parts of the kernel. The kernel exchanges them; the image of a part leaves out its references to other parts.
    /// </summary>
    private static HashSet<Type> Parts()
    {
        ConstructorInfo constructor = typeof(KernelParts).GetConstructors(Instance).Single();
        return
        [
            .. Instructions.Members(constructor, constructor.GetMethodBody()!)
                .OfType<ConstructorInfo>()
                .Select(static made => made.DeclaringType!)
                .Where(static type => type.Namespace == typeof(PoolKernel).Namespace),
        ];
    }

    /// <summary>Returns the type of the kernel's parts and the types of their fields.</summary>
    private static List<Type> StateTypes()
    {
        List<Type> found = [typeof(KernelParts)];
        for (int i = 0; i < found.Count; i++)
        {
            found.AddRange(Fields(found[i]).SelectMany(static field => Parts(field.FieldType))
                .Where(static type => type.Namespace == typeof(PoolKernel).Namespace && !type.IsEnum && !s_withoutState.Contains(type))
                .Distinct().Except(found).ToArray());
        }
        return found;
    }

    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!) : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts) : [type];

    private static FieldInfo[] Fields(Type type) => type.GetFields(Instance);

    private static string NameOf(FieldInfo field) => field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>')] : field.Name;

    /// <summary>Returns the fields that the type's Exchange methods refer to, directly or by a property.</summary>
    private static HashSet<FieldInfo> Exchanged(Type type)
    {
        MethodInfo[] methods =
        [
            .. type.GetMethods(Instance).Where(static method => method.Name.StartsWith("Exchange", StringComparison.Ordinal)),
        ];
        return [.. methods.SelectMany(static method => Instructions.Members(method, method.GetMethodBody()!))
            .SelectMany(member => member switch
            {
                FieldInfo field => [field],
                MethodInfo accessor when accessor.DeclaringType == type && accessor.IsSpecialName =>
                    Instructions.Members(accessor, accessor.GetMethodBody()!).OfType<FieldInfo>(),
                _ => [],
            })];
    }

    private sealed class Forgetful
    {
        private readonly int _forgotten = 1;
        private int _kept;

        public int Also { get; private set; }

        public int Sum => _forgotten + _kept + Also;

        public void Exchange(KernelImage image)
        {
            _kept = image.Of(_kept);
            Also = image.Of(Also);
        }
    }
}
