/** The words that MLflow's stores make names of runs from that nobody named (mlflow/utils/name_utils.py of 3.17.2): `polite-cod-143`. */
const predicates = new Set(
  `able abrasive abundant adaptable adorable adventurous aged agreeable amazing ambitious amusing angry auspicious awesome bald beautiful
   bedecked bemused big bittersweet blushing bold bouncy brawny bright burly bustling calm capable capricious carefree caring casual charming
   chill classy clean clumsy colorful crawling dapper dashing dazzling debonair defiant delicate delightful efficient enchanting entertaining
   enthused exultant fearless flawless fortunate fun funny gaudy gentle gifted glamorous grandiose gregarious handsome hilarious honorable
   illustrious incongruous indecisive industrious inquisitive intelligent intrigued invincible judicious kindly languid learned legendary
   likeable loud luminous luxuriant lyrical magnificent marvelous masked melodic merciful mercurial monumental mysterious nebulous nervous
   nimble nosy omniscient orderly overjoyed painted peaceful persistent placid polite popular powerful puzzled rambunctious rare rebellious
   receptive redolent resilient respected righteous rogue rumbling salty sassy secretive sedate selective serious shivering silent sincere
   skillful skittish smiling sneaky sophisticated spiffy stately stylish suave tasteful thoughtful thundering traveling treasured trusting
   unequaled unique unleashed unruly upbeat upset useful valuable vaunted victorious welcoming whimsical wise wistful worried youthful zealous`.split(/\s+/),
);
const nouns = new Set(
  `ant ape asp auk bass bat bear bee bird boar bug calf carp cat chimp cod colt conch cow crab crane croc crow cub deer doe dog dolphin donkey
   dove duck eel elk fawn finch fish flea fly foal fowl fox frog gnat gnu goat goose grouse grub gull hare hawk hen hog horse hound jay kit
   kite koi lamb lark loon lynx mare midge mink mole moose moth mouse mule newt owl ox panda penguin perch pig pug quail ram rat ray robin roo
   rook seal shad shark sheep shoat shrew shrike shrimp skink skunk sloth slug smelt snail snake snipe sow sponge squid squirrel stag steed
   stoat stork swan tern toad trout turtle vole wasp whale wolf worm wren yak zebra`.split(/\s+/),
);

/** Whether a name was made up by MLflow's store: such a run is shown by what tells it apart instead. */
export function isMadeUp(name: string): boolean {
  const [predicate, noun, number, ...more] = name.split("-");
  return more.length === 0 && /^\d{1,4}$/.test(number ?? "") && predicates.has(predicate ?? "") && nouns.has(noun ?? "");
}
